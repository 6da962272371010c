package settings

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// ParseTimeSpan reads a duration as .NET writes them, [d.]hh:mm:ss[.fffffff], or
// as Go does, such as 5m or 1h30m. It is not negative and whole in microseconds.
func ParseTimeSpan(text string) (time.Duration, error) {
	d, ok := dotnetSpan(text)
	if !ok {
		parsed, err := time.ParseDuration(text)
		if err != nil {
			return 0, fmt.Errorf(`expected a duration such as "00:05:00", "1.00:00:00" or "5m", got %.40q`, text)
		}
		d = parsed
	}
	if d < 0 || d%time.Microsecond != 0 {
		return 0, fmt.Errorf("%.40q must not be negative, and must be whole in microseconds", text)
	}
	return d, nil
}

func dotnetSpan(text string) (time.Duration, bool) {
	m := regexp.MustCompile(`^(?:(\d{1,5})\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,7}))?$`).FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	var n [4]time.Duration
	for i, digits := range m[1:5] {
		if digits != "" {
			v, _ := strconv.Atoi(digits) // at most five digits
			n[i] = time.Duration(v)
		}
	}
	if n[1] > 23 || n[2] > 59 || n[3] > 59 {
		return 0, false
	}
	ticks, _ := strconv.Atoi((m[5] + "0000000")[:7])
	return n[0]*day + n[1]*time.Hour + n[2]*time.Minute + n[3]*time.Second + time.Duration(ticks)*100, true
}

// TimeSpan writes a duration as .NET does; fractions of a second only where
// there are some.
func TimeSpan(d time.Duration) string {
	var b strings.Builder
	if d >= day {
		fmt.Fprintf(&b, "%d.", d/day)
	}
	fmt.Fprintf(&b, "%02d:%02d:%02d", d/time.Hour%24, d/time.Minute%60, d/time.Second%60)
	if ticks := d % time.Second / 100; ticks != 0 {
		fmt.Fprintf(&b, ".%07d", ticks)
	}
	return b.String()
}
