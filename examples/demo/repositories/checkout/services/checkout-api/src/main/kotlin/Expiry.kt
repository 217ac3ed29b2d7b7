package acme.checkout

import java.time.Duration
import java.time.Instant

/** Long enough to look for a card, short enough that a reserved seat is not blocked all day. */
val SILENCE: Duration = Duration.ofMinutes(30)

fun expired(lastSeen: Instant, now: Instant): Boolean = now >= lastSeen + SILENCE
