package acme.methods

/** What a shopper reads on the button: enough to know the card again, too little to misuse it. */
fun label(scheme: String, lastFour: String): String = "$scheme ending $lastFour"
