/** The path of a row without servers: decoders and encoders by themselves, with JMH. */
@NullMarked
package org.bottledwater.bench.micro;

import org.jspecify.annotations.NullMarked;
