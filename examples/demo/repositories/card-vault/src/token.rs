//! Tokens: what everyone else at Acme holds instead of a card number.

/// Tokens begin alike, so that a scanner finds them in logs and tells them from numbers.
pub const PREFIX: &str = "tok_";

/// True if the text could be a card number: 12 to 19 digits that pass the Luhn check.
pub fn looks_like_a_number(text: &str) -> bool {
    let digits: Vec<u32> =
        text.chars().filter(|sign| !matches!(sign, ' ' | '-')).map_while(|sign| sign.to_digit(10)).collect();
    (12..=19).contains(&digits.len()) && luhn(&digits) % 10 == 0
}

fn luhn(digits: &[u32]) -> u32 {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    digits.iter().rev().enumerate().map(|(place, digit)| if place % 2 == 1 { doubled(*digit) } else { *digit }).sum()
}
