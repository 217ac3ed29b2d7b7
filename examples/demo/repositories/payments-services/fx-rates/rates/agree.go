// Package rates keeps exchange rates that two providers agree upon.
package rates

import "math"

// tolerance is half a per cent: wider than any honest difference within a minute.
const tolerance = 0.005

// Agree reports whether two providers say the same, as far as it matters.
func Agree(first, second float64) bool {
	if first <= 0 || second <= 0 {
		return false
	}
	return math.Abs(first-second)/math.Max(first, second) <= tolerance
}
