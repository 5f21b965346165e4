package org.bottledwater.bench;

import java.nio.file.Path;

/** What the cases work with. */
record Bench(Stack stack, Topics topics, Path folder) {}
