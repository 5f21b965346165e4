/** The package as somebody finds it who has nothing else. */
package org.bottledwater.dist;
