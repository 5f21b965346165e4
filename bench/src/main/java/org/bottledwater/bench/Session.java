package org.bottledwater.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** Runs the cases: the tools take turns, so that whatever else the machine does meets both. */
final class Session {
    private final Bench bench;
    private final List<Tool> tools;
    private final Report report;
    /** Names the folder of this session's logs: what a tool has kept of an earlier one must not be found. */
    private final String begun = Instant.now().toString().replace(':', '-');

    private int jobs;

    Session(Bench bench, List<Tool> tools, Report report) {
        this.bench = bench;
        this.tools = tools;
        this.report = report;
    }

    void run(Plan plan) throws IOException {
        warmUp(plan);
        for (CaseGroup group : plan.groups()) {
            for (Case next : group.cases(plan)) {
                next.prepare(bench);
                for (int repeat = 1; repeat <= plan.repeats(); repeat++) {
                    for (Tool tool : next.isLimit() ? List.of(new Limit()) : tools) {
                        Job job = job(next, tool);
                        report.add(new Result(next.name(), tool.name(), repeat, next.run(bench, tool, job)));
                        bench.stack().forget(job.name());
                    }
                }
                next.clear(bench);
                report.write();
            }
        }
    }

    /** The servers' own code is slow for whoever comes first, so that each tool comes once before anything counts. */
    private void warmUp(Plan plan) throws IOException {
        for (Case next : CaseGroup.warmUp(plan)) {
            next.prepare(bench);
            for (Tool tool : tools) {
                Job job = job(next, tool);
                next.run(bench, tool, job);
                bench.stack().forget(job.name());
            }
            next.clear(bench);
        }
    }

    private Job job(Case next, Tool tool) {
        String name = tool.name().replaceAll("[^a-z]", "_") + "_" + ++jobs;
        Path folder =
                bench.folder().toAbsolutePath().resolve("runs").resolve(begun).resolve(name);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("could not make " + folder, e);
        }
        return new Job(name, next.tables(name), next.snapshot(), folder);
    }
}
