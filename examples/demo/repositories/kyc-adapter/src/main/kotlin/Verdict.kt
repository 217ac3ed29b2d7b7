package acme.kyc

/** What onboarding may do next. */
enum class Verdict { PASSED, NEEDS_DOCUMENTS, NEEDS_PERSON, REFUSED }

/** The strictest answer counts: one provider that wants to see a person is enough. */
fun combine(answers: List<Verdict>): Verdict {
    require(answers.isNotEmpty()) { "A verdict needs at least one answer." }
    return answers.maxOf { it }
}
