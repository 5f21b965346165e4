package org.bottledwater.connect;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** This room's line of the import table; the others are tested in cli, which does not know this one. */
@AnalyzeClasses(packages = "org.bottledwater.connect", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String OURS = "org.bottledwater.";

    @ArchTest
    static final ArchRule connectIsThePipelineWithAnotherWayOut = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "javax.management..",
                    "org.jspecify.annotations..",
                    OURS + "connect..",
                    OURS + "change..",
                    OURS + "postgres..",
                    OURS + "avro..",
                    OURS + "kafka..",
                    OURS + "pipeline..",
                    "org.apache.avro..",
                    "org.apache.kafka.clients.producer..",
                    "org.apache.kafka.common..",
                    "org.apache.kafka.connect..",
                    "org.slf4j..");
}
