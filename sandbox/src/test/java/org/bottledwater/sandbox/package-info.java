/** Starts every server for real and looks for what is left behind. */
@NullMarked
package org.bottledwater.sandbox;

import org.jspecify.annotations.NullMarked;
