package org.bottledwater.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;

/** The import table: which room may use what. Think before you widen a line; imports run down the table only. */
@AnalyzeClasses(packages = "org.bottledwater", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String OURS = "org.bottledwater.";
    private static final String[] EVERYWHERE = {"java..", "org.jspecify.annotations.."};

    @ArchTest
    static final ArchRule changeUsesNothing = room("change");

    @ArchTest
    static final ArchRule decodersUseBytesOnly = classes()
            .that()
            .resideInAPackage(OURS + "postgres.wire..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(with(OURS + "postgres.wire..", OURS + "change.."));

    @ArchTest
    static final ArchRule postgresUsesPgjdbc = room(
            "postgres", OURS + "change..", "org.postgresql..", "org.newsclub.net.unix..", "javax.net..", "org.slf4j..");

    @ArchTest
    static final ArchRule avroUsesAvro =
            room("avro", OURS + "change..", "org.apache.avro..", "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule kafkaUsesKafka = room(
            "kafka", OURS + "change..", "org.apache.kafka..", "com.fasterxml.jackson..", "javax.net..", "org.slf4j..");

    @ArchTest
    static final ArchRule pipelineJoinsTheThree = room(
            "pipeline",
            OURS + "change..",
            OURS + "postgres..",
            OURS + "avro..",
            OURS + "kafka..",
            "org.apache.avro..",
            "org.apache.kafka..",
            "io.micrometer..",
            "org.slf4j..");

    @ArchTest
    static final ArchRule sandboxKnowsNoneOfUs =
            room("sandbox", "org.apache.commons..", "org.tukaani.xz..", "org.slf4j..");

    @ArchTest
    static final ArchRule codecsDoNoInputOutputAndNoLogging = noClasses()
            .that()
            .resideInAnyPackage(OURS + "change..", OURS + "postgres.wire..", OURS + "avro..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.net..", "java.nio.file..", "java.nio.channels..", "java.sql..", "org.slf4j..");

    @ArchTest
    static final ArchRule onlyTheCommandLineParsesArguments = noClasses()
            .that()
            .resideOutsideOfPackage(OURS + "cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("picocli..", "ch.qos.logback..", OURS + "cli..");

    @ArchTest
    static final ArchRule roomsFormNoCircle =
            slices().matching("org.bottledwater.(**)").should().beFreeOfCycles();

    private static ArchRule room(String name, String... uses) {
        String own = OURS + name + "..";
        String[] all = with(uses);
        String[] allowed = Arrays.copyOf(all, all.length + 1);
        allowed[all.length] = own;
        return classes()
                .that()
                .resideInAPackage(own)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed);
    }

    private static String[] with(String... uses) {
        String[] all = Arrays.copyOf(EVERYWHERE, EVERYWHERE.length + uses.length);
        System.arraycopy(uses, 0, all, EVERYWHERE.length, uses.length);
        return all;
    }
}
