/** Tests of the connector, as it is packaged, in real workers. */
package org.bottledwater.connect;
