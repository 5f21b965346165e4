/** How a run gets on, for those who watch it in a terminal or read its log. */
@NullMarked
package org.bottledwater.cli.progress;

import org.jspecify.annotations.NullMarked;
