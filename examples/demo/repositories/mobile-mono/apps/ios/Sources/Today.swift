import Foundation

/// A row of the day view, as the backend sends it.
struct PaymentRow: Decodable, Identifiable {
    enum Tone: String, Decodable { case plain = "PLAIN", good = "GOOD", bad = "BAD" }

    let id: String
    let amount: String
    let caption: String
    let tone: Tone

    /// What is read aloud: the tone is a word here, never only a colour.
    var spoken: String {
        tone == .bad ? "\(amount), \(caption), needs attention" : "\(amount), \(caption)"
    }
}
