"""Event times at every change of every clock from 1990 to 2037, against Python's zoneinfo.

For each zone of the system's data, each of its transitions and the instants around it (a second before and after, the other
end of a repeated or skipped stretch), all letters that a prefix knows are evaluated by the product's own code
(build/release/conformance/zone_tool), by Python and, where there is a JDK, by java.time.
"""

import bisect
import datetime
import re
import shutil
import subprocess
import time
import unittest
import zoneinfo

import harness

TOOL = harness.BINARY.parent / "conformance/zone_tool"
UTC = datetime.timezone.utc
FIRST = int(datetime.datetime(1990, 1, 1, tzinfo=UTC).timestamp())
LAST = int(datetime.datetime(2037, 12, 31, tzinfo=UTC).timestamp())
DAY = 86400
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MILLIS = 123


def offset_text(seconds, colon, zero="+0000", minutes=True):
    if seconds == 0 and zero == "Z":
        return "Z"
    sign, size = ("-" if seconds < 0 else "+"), abs(seconds)
    hours, rest = size // 3600, size // 60 % 60
    return f"{sign}{hours:02}" + (f"{colon}{rest:02}" if minutes or rest else "")


def localized(seconds):
    return "GMT" if seconds == 0 else "GMT" + offset_text(seconds, ":")


def short_gmt(seconds):
    sign, size = ("-" if seconds < 0 else "+"), abs(seconds)
    return "GMT" if seconds == 0 else f"GMT{sign}{size // 3600}" + (f":{size // 60 % 60:02}" if size % 3600 else "")


def week_of(day, first_weekday):
    """Weeks that begin on Sunday, the first being the one with day 1; `first_weekday` of day 1, Sunday = 0."""
    return (first_weekday + day - 1) // 7 + 1


def week_of_year(local):
    """Java's for the United States: the week with 1 January is week 1, of the year that it then belongs to."""
    sunday = local.date() - datetime.timedelta(days=(local.weekday() + 1) % 7)
    saturday = sunday + datetime.timedelta(days=6)
    year = saturday.year
    new_year = datetime.date(year, 1, 1)
    return year, week_of((local.date() - new_year).days + 1, (new_year.weekday() + 1) % 7) if local.year == year else 1


# Pattern and its text; `local` carries the milliseconds, `offset` is in seconds.
LETTERS = [
    ("yyyy", lambda local, offset, zone: f"{local.year:04}"),
    ("yy", lambda local, offset, zone: f"{local.year % 100:02}"),
    ("u", lambda local, offset, zone: f"{local.year}"),
    ("M", lambda local, offset, zone: f"{local.month}"),
    ("MM", lambda local, offset, zone: f"{local.month:02}"),
    ("MMM", lambda local, offset, zone: MONTHS[local.month - 1][:3]),
    ("LLLL", lambda local, offset, zone: MONTHS[local.month - 1]),
    ("d", lambda local, offset, zone: f"{local.day}"),
    ("dd", lambda local, offset, zone: f"{local.day:02}"),
    ("DDD", lambda local, offset, zone: f"{local.timetuple().tm_yday:03}"),
    ("EEE", lambda local, offset, zone: DAYS[local.weekday()][:3]),
    ("EEEE", lambda local, offset, zone: DAYS[local.weekday()]),
    ("e", lambda local, offset, zone: f"{(local.weekday() + 1) % 7 + 1}"),
    ("Q", lambda local, offset, zone: f"{(local.month - 1) // 3 + 1}"),
    ("qqq", lambda local, offset, zone: f"Q{(local.month - 1) // 3 + 1}"),
    ("YYYY", lambda local, offset, zone: f"{week_of_year(local)[0]:04}"),
    ("ww", lambda local, offset, zone: f"{week_of_year(local)[1]:02}"),
    ("W", lambda local, offset, zone: f"{week_of(local.day, (local.replace(day=1).weekday() + 1) % 7)}"),
    ("G", lambda local, offset, zone: "AD"),
    ("HH", lambda local, offset, zone: f"{local.hour:02}"),
    ("k", lambda local, offset, zone: f"{local.hour or 24}"),
    ("K", lambda local, offset, zone: f"{local.hour % 12}"),
    ("hh", lambda local, offset, zone: f"{local.hour % 12 or 12:02}"),
    ("a", lambda local, offset, zone: "AM" if local.hour < 12 else "PM"),
    ("mm", lambda local, offset, zone: f"{local.minute:02}"),
    ("ss", lambda local, offset, zone: f"{local.second:02}"),
    ("SSS", lambda local, offset, zone: f"{MILLIS:03}"),
    ("n", lambda local, offset, zone: f"{MILLIS * 1000000}"),
    ("A", lambda local, offset, zone: f"{((local.hour * 60 + local.minute) * 60 + local.second) * 1000 + MILLIS}"),
    ("N", lambda local, offset, zone: f"{(((local.hour * 60 + local.minute) * 60 + local.second) * 1000 + MILLIS) * 1000000}"),
    ("X", lambda local, offset, zone: offset_text(offset, "", zero="Z", minutes=False)),
    ("XXX", lambda local, offset, zone: offset_text(offset, ":", zero="Z")),
    ("xx", lambda local, offset, zone: offset_text(offset, "")),
    ("Z", lambda local, offset, zone: offset_text(offset, "")),
    ("ZZZZ", lambda local, offset, zone: localized(offset)),
    ("O", lambda local, offset, zone: short_gmt(offset)),
    ("VV", lambda local, offset, zone: zone),
    ("z", lambda local, offset, zone: local.tzname() if local.tzname()[0].isalpha() else localized(offset)),
]
# What the product is asked for: once with letters that the time of day does not reach beyond minutes in, which is remembered by
# the minute, and once with all of them.
MINUTES = [letter for letter in LETTERS if letter[0] not in ("ss", "SSS", "n", "A", "N")]


def offset_at(zone, instant):
    return int(datetime.datetime.fromtimestamp(instant, zone).utcoffset().total_seconds())


def transitions(zone):
    """The instants from 1990 to 2037 at which offset or name of the zone changes, found by looking at each day."""
    def state(instant):
        local = datetime.datetime.fromtimestamp(instant, zone)
        return local.utcoffset(), local.tzname()
    found, step = [], 4 * DAY
    before = state(FIRST)
    for start in range(FIRST, LAST, step):
        after = state(start + step)
        if after == before:
            continue
        at = start
        while at < start + step:  # perhaps several, Ramadan's least
            here = state(at)
            if here == after:
                break
            at = bisect.bisect_left(range(at, start + step), True, key=lambda instant: state(instant) != here) + at
            found.append(at)
        before = after
    return found


def instants(zone):
    yield FIRST
    for at in transitions(zone):
        shift = abs(offset_at(zone, at) - offset_at(zone, at - 1))
        yield from sorted({at - shift - 1, at - shift, at - 1, at, at + 1, at + shift - 1, at + shift})
    yield LAST


def expected(letters, zone, name, instant):
    local = datetime.datetime.fromtimestamp(instant, zone)
    offset = int(local.utcoffset().total_seconds())
    return "|".join(text(local, offset, name) for _, text in letters)


def questions():
    """Lines for the tools, and what each is about: zone's name, zone, and instant; None for the zone itself, or "refused"."""
    lines, asked = [], []
    for name in sorted(zoneinfo.available_timezones()):
        zone = zoneinfo.ZoneInfo(name)
        lines.append(f"zone {name}")
        asked.append((name, zone, None))
        if not re.fullmatch("[A-Za-z/_]*", name) or (len(name) == 3 and name != "UTC") or name in ("Factory", "localtime"):
            asked[-1] = (name, zone, "refused")  # as CustomTimeZone has it
            continue
        for instant in instants(zone):
            lines.append(f"at {instant * 1000 + MILLIS}")
            asked.append((name, zone, instant))
    return lines, asked


def answers_of(command, lines):
    done = subprocess.run(command, input="\n".join(lines) + "\n", stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()


class ZoneTable(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lines, cls.asked = questions()

    def test_every_transition_of_every_zone_reads_as_python_reads_it(self):
        asked = self.asked
        self.assertGreater(sum(instant is None for _, _, instant in asked), 400)
        count = sum(isinstance(instant, int) for _, _, instant in asked)
        refused = sum(instant == "refused" for _, _, instant in asked)
        for letters in (LETTERS, MINUTES):
            answers = answers_of([str(TOOL), "|".join(letter for letter, _ in letters)], self.lines)
            self.assertEqual(len(answers), len(asked))
            wrong = []
            for (name, zone, instant), answer in zip(asked, answers):
                if not isinstance(instant, int):
                    if answer != (instant or "known"):
                        wrong.append(f"{name}: {answer}")
                elif answer != (right := expected(letters, zone, name, instant)):
                    wrong.append(f"{name} at {instant}: {answer} where Python has {right}")
            self.assertEqual(wrong[:10], [], f"{len(wrong)} wrong")
        print(f"\nnote: {count} instants in {len(asked) - count - refused} zones, {len(LETTERS)} letters each; "
              f"{refused} zones have names that CustomTimeZone refuses")

    @unittest.skipUnless(shutil.which("javac"), "no JDK on this machine")
    def test_the_letters_are_those_of_java(self):
        """But `z`: Java has names of its own there."""
        letters = [letter for letter, _ in LETTERS if letter != "z"]
        pattern = "|".join(letters)
        ours = answers_of([str(TOOL), pattern], self.lines)
        theirs = answers_of(["java", str(harness.HERE / "zones/Letters.java"), pattern], self.lines)
        self.assertEqual(len(ours), len(theirs))
        same, other_rules, wrong = 0, 0, []
        for (name, zone, instant), our, their in zip(self.asked, ours, theirs):
            if not isinstance(instant, int):
                continue
            offset, _, text = their.partition(" ")
            if offset != str(offset_at(zone, instant)):
                other_rules += 1  # or a zone that it does not know
            elif our == text:
                same += 1
            else:
                wrong.append(f"{name} at {instant}: {our} where Java has {text}")
        self.assertEqual(wrong[:10], [], f"{len(wrong)} wrong")
        self.assertGreater(same, 10 * other_rules)
        print(f"\nnote: {same} instants read by java.time too, {len(letters)} letters each; "
              f"its rules for {other_rules} others are of another year")


if __name__ == "__main__":
    harness.main()
