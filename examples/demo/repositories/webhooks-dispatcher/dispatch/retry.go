// Package dispatch delivers events to the endpoints of merchants.
package dispatch

import "time"

// giveUp is three days: a weekend and the Monday on which somebody notices.
const giveUp = 72 * time.Hour

var pauses = []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour}

// Next says how long to wait after the given number of failed attempts, and false when it is time to give up.
func Next(attempts int, since time.Duration) (time.Duration, bool) {
	pause := 6 * time.Hour
	if attempts <= len(pauses) && attempts > 0 {
		pause = pauses[attempts-1]
	}
	return pause, since+pause <= giveUp
}
