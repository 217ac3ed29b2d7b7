//! Orders the routes of a payment, best first.

/// An acquirer that could take the payment.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub acquirer: String,
    /// Expected share of accepted payments, between 0 and 1.
    pub acceptance: f64,
    /// What the acquirer takes, in minor units.
    pub price: i64,
}

/// More than three attempts make a shopper wait longer than a card in hand allows.
const ROUTES: usize = 3;

/// The candidates worth trying for a payment that earns `margin` minor units.
pub fn choose(mut candidates: Vec<Candidate>, margin: i64) -> Vec<Candidate> {
    candidates.sort_by(|a, b| value(b, margin).total_cmp(&value(a, margin)));
    candidates.truncate(ROUTES);
    candidates
}

fn value(candidate: &Candidate, margin: i64) -> f64 {
    candidate.acceptance * (margin - candidate.price) as f64
}
