package acme.onboarding

data class Question(val id: String, val text: String, val answeredByRegister: Boolean)

/** What a person still has to answer. Nobody is asked what a public register already said. */
fun remaining(questions: List<Question>, answers: Set<String>): List<Question> =
    questions.filterNot { it.answeredByRegister || it.id in answers }
