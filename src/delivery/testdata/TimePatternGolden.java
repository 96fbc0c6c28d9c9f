// Writes time_pattern_golden.txt: what Java's DateTimeFormatter prints for every pattern letter.
// Made with OpenJDK 17:  java TimePatternGolden.java > time_pattern_golden.txt
//
// "pattern<TAB>P" begins a group; "zone<TAB>milliseconds since the epoch<TAB>text" is a case of it;
// "refused<TAB>P" is a pattern that Java does not take.

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Random;

public class TimePatternGolden {
  static DateTimeFormatter formatter;

  static void begin(String pattern) {
    formatter = DateTimeFormatter.ofPattern(pattern, Locale.US);
    System.out.println("pattern\t" + pattern);
  }

  static void add(String zone, long millis) {
    String text = formatter.format(Instant.ofEpochMilli(millis).atZone(ZoneId.of(zone)));
    System.out.println(zone + "\t" + millis + "\t" + text);
  }

  static long at(int year, int month, int day) {
    return LocalDate.of(year, month, day).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
  }

  static void addWeeks() {
    begin("yyyy-MM-dd YYYY ww W e D");
    for (int year = 2019; year < 2033; ++year) {
      for (int day = 25; day <= 31; ++day) {
        add("UTC", at(year, 12, day));
      }
      for (int day = 1; day <= 4; ++day) {
        add("UTC", at(year + 1, 1, day));
      }
    }
    for (int month = 1; month <= 12; ++month) {
      for (int day : new int[] {1, 8, 15, 22, 28}) {
        add("UTC", at(2026, month, day));
      }
    }
  }

  static void addDates() {
    begin(
        "y yy yyy yyyy yyyyy|u uu uuu uuuu|Y YY YYY YYYY YYYYYY|M MM MMM MMMM MMMMM|"
            + "L LL LLL LLLL LLLLL|d dd|D DD DDD|E EE EEE EEEE EEEEE|e ee eee eeee eeeee|"
            + "c ccc cccc ccccc|Q QQ QQQ QQQQ QQQQQ|q qq qqq qqqq qqqqq|w ww W|G GG GGG GGGG GGGGG");
    Random random = new Random(1);
    for (int i = 0; i < 30; ++i) {
      add("UTC", (long) (random.nextDouble() * at(2038, 1, 1)));
    }
    int[][] edges = {
      {-5, 1, 1}, {0, 2, 29}, {1, 1, 1}, {-4, 12, 31}, {99, 12, 31}, {999, 7, 4}, {1600, 2, 29},
      {1900, 3, 1}, {1969, 12, 31}, {1970, 1, 1}, {2000, 2, 29}, {2000, 12, 31}, {2024, 2, 29},
      {2024, 12, 29}, {2100, 2, 28}, {2100, 3, 1}, {9999, 12, 25}, {9999, 12, 31}, {10000, 1, 1},
      {123456, 6, 7}
    };
    for (int[] day : edges) {
      add("UTC", at(day[0], day[1], day[2]));
    }
  }

  static void addTimes() {
    begin(
        "H HH|k kk|K KK|h hh|m mm|s ss|S SS SSS SSSS SSSSSS SSSSSSSSS|A AAAAAAAAAA|n nnnnnnnnnn|"
            + "N NNNNNNNNNNNNNNNN|a|HH-mm-ss.SSS");
    long day = at(2026, 7, 13);
    for (int minute : new int[] {0, 1, 59, 60, 599, 600, 719, 720, 721, 779, 780, 1380, 1439}) {
      add("UTC", day + minute * 60000L);
      add("UTC", day + minute * 60000L + 7 * 1000 + 5);
      add("UTC", day + minute * 60000L + 59 * 1000 + 999);
    }
    add("UTC", -1);
    add("UTC", -86400001);
    add("Asia/Kathmandu", day + 120);
  }

  static void addZones() {
    begin(
        "yyyy-MM-dd HH:mm|X XX XXX XXXX XXXXX|x xx xxx xxxx xxxxx|Z ZZ ZZZ ZZZZ ZZZZZ|O OOOO|VV|"
            + "z zz zzz|zzzz");
    String[] zones = {
      "UTC", "Etc/UTC", "Asia/Calcutta", "Asia/Kolkata", "Europe/Madrid", "Europe/London",
      "Europe/Dublin", "America/New_York", "US/Pacific", "America/St_Johns", "Asia/Jerusalem",
      "Asia/Manila", "Asia/Shanghai", "Asia/Taipei", "America/Havana", "Australia/Adelaide",
      "Pacific/Honolulu", "Pacific/Auckland", "Africa/Asmera", "Asia/Tokyo", "Europe/Moscow",
      "America/Phoenix", "Africa/Lagos", "Europe/Athens", "Asia/Karachi"
    };
    long[] instants = {at(2026, 1, 1) - 1800000, at(2026, 7, 13) + 38527123};
    for (String zone : zones) {
      for (long instant : instants) {
        add(zone, instant);
      }
    }
    long[] switches = {1774746000000L, 1792890000000L};  // Europe 2026
    for (long instant : switches) {
      add("Europe/Madrid", instant - 1);
      add("Europe/Madrid", instant);
    }
    long[] newYork = {1772953200000L, 1793512800000L};
    for (long instant : newYork) {
      add("America/New_York", instant - 1);
      add("America/New_York", instant);
    }
    // Zones whose short and long names are not the zone data's.
    begin("yyyy-MM-dd HH:mm|X XX XXX XXXX XXXXX|x xx xxx xxxx xxxxx|Z ZZZZ ZZZZZ|O OOOO|VV");
    String[] numeric = {
      "America/Sao_Paulo", "Asia/Kathmandu", "Asia/Tehran", "Pacific/Chatham", "Asia/Kabul",
      "America/Argentina/Buenos_Aires", "Pacific/Marquesas", "Australia/Lord_Howe",
      "Pacific/Kiritimati", "Asia/Yangon", "Antarctica/Troll"
    };
    for (String zone : numeric) {
      for (long instant : instants) {
        add(zone, instant);
      }
    }
    // Local mean times, whose offsets have seconds.
    add("America/Sao_Paulo", at(1900, 1, 1));
    add("Europe/Madrid", at(1890, 1, 1));
    add("Africa/Monrovia", at(1971, 1, 1));
  }

  static void addText() {
    String[] patterns = {
      "'year='yyyy", "''", "'o''clock'", "yyyy'T''T'HH", "[yyyy]", "[[yyyy]-MM", "[]", "'{}#'",
      "-_.:/=+~!@$%^&*()<>;,?\"\\|`", "'session_'HH-mm-ss", "yyyyMMdd", "HHmmssSSS", "''''", "'a'''"
    };
    for (String pattern : patterns) {
      begin(pattern);
      add("UTC", at(2026, 7, 13) + 38527123);
    }
    String letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (char letter : letters.toCharArray()) {
      for (int count : new int[] {1, 2, 3, 4, 5, 6, 9, 10, 19, 20}) {
        refuse(String.valueOf(letter).repeat(count));
      }
    }
    String[] wrong = {"'", "'a", "yyyy'", "]", "[yyyy]]", "{", "}", "#", "yyyy}", "session_HH"};
    for (String pattern : wrong) {
      refuse(pattern);
    }
  }

  static void refuse(String pattern) {
    try {
      DateTimeFormatter.ofPattern(pattern, Locale.US);
    } catch (IllegalArgumentException | DateTimeException e) {
      System.out.println("refused\t" + pattern);
    }
  }

  public static void main(String[] arguments) {
    addWeeks();
    addDates();
    addTimes();
    addZones();
    addText();
  }
}
