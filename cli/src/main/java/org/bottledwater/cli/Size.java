package org.bottledwater.cli;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number of bytes as PostgreSQL's settings have it: {@code 512MB}, {@code 50GB}, powers of 1024. */
final class Size {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,9})\\s*([kmgt]b)");
    private static final Map<String, Integer> SHIFTS = Map.of("kb", 10, "mb", 20, "gb", 30, "tb", 40);

    private Size() {}

    /** @throws WrongUsage for what is no size, or none at all */
    static long parse(String option, String text) {
        Matcher form = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
        long number = form.matches() ? Long.parseLong(form.group(1)) : 0;
        int shift = form.matches() ? SHIFTS.getOrDefault(form.group(2), 0) : 0;
        long bytes = number << shift;
        if (number == 0 || bytes >> shift != number) {
            throw new WrongUsage("not a size: " + option + "=" + text + "\n  write it like " + option
                    + "=512MB or 50GB, with kB, MB, GB or TB");
        }
        return bytes;
    }
}
