package org.bottledwater.cli;

import java.util.regex.Pattern;

/** Keeps passwords out of what is printed: somebody's terminal is somebody else's log file. */
final class Secrets {
    private static final Pattern IN_URI = Pattern.compile("(://[^:/@\\s']*):[^/\\s']*@");
    private static final Pattern IN_CONNINFO =
            Pattern.compile("((?:^|[\\s?&'])(?:ssl)?password\\s*=\\s*)('[^']*'|[^\\s&']+)", Pattern.CASE_INSENSITIVE);

    private Secrets() {}

    static String hide(String text) {
        String uris = IN_URI.matcher(text).replaceAll("$1:***@");
        return IN_CONNINFO.matcher(uris).replaceAll("$1***");
    }
}
