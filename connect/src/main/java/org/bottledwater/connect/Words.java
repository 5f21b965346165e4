package org.bottledwater.connect;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the pipeline says names the command line's options; here they are called otherwise. */
final class Words {
    private static final Pattern OPTION = Pattern.compile("--([a-z][a-z-]+)");

    private Words() {}

    static String ofConnect(Throwable e) {
        return ofConnect(String.valueOf(e.getMessage()));
    }

    static String ofConnect(String text) {
        Matcher option = OPTION.matcher(text.replace("--registry-config=", ConnectorOptions.REGISTRY + "."));
        return option.replaceAll(found -> switch (found.group(1)) {
            case "postgres" -> ConnectorOptions.POSTGRES;
            case "column-type" -> ConnectorOptions.COLUMN_TYPES;
            case "mask" -> ConnectorOptions.MASKS;
            case "schema-registry" -> ConnectorOptions.REGISTRY;
            default -> found.group(1).replace('-', '.');
        });
    }
}
