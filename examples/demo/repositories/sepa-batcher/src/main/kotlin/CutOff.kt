package acme.sepa

import java.time.Duration
import java.time.LocalTime

/** Signing takes at most two minutes and delivery at most ten; both have to end before the bank closes. */
val HEAD_START: Duration = Duration.ofMinutes(12)

/** The cut-off that a transfer arriving at [now] can still make; none if the day is over. */
fun nextCutOff(now: LocalTime, cutOffs: List<LocalTime>): LocalTime? =
    cutOffs.sorted().firstOrNull { now < it.minus(HEAD_START) }
