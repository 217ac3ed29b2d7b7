package acme.payouts

import java.time.DayOfWeek
import java.time.LocalDate

/** The banking day on which a payout that is planned on [today] reaches the merchant. */
fun bankDay(today: LocalDate, holidays: Set<LocalDate>): LocalDate =
    generateSequence(today.plusDays(1)) { it.plusDays(1) }
        .first { it.dayOfWeek !in weekend && it !in holidays }

private val weekend = setOf(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY)
