// What java.time makes of a pattern, for test_zone_table.py; its lines are those of zone_tool.cc.
//
// An instant's answer begins with the zone's offset in seconds: Java has zone rules of its own, and where they are of
// another year, its letters say nothing about ours.
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

class Letters {
    public static void main(String[] arguments) throws IOException {
        DateTimeFormatter letters = DateTimeFormatter.ofPattern(arguments[0], Locale.US);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        StringBuilder out = new StringBuilder();
        ZoneId zone = null;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith("zone ")) {
                zone = zoneOf(line.substring("zone ".length()));
                out.append(zone == null ? "refused\n" : "known\n");
            } else if (zone == null) {
                out.append("unknown\n");
            } else {
                long millis = Long.parseLong(line.substring("at ".length()));
                ZonedDateTime at = Instant.ofEpochMilli(millis).atZone(zone);
                out.append(at.getOffset().getTotalSeconds()).append(' ').append(letters.format(at)).append('\n');
            }
        }
        new PrintStream(System.out, true, StandardCharsets.UTF_8).print(out);
    }

    private static ZoneId zoneOf(String name) {
        try {
            return ZoneId.of(name);
        } catch (DateTimeException unknown) {
            return null;
        }
    }
}
