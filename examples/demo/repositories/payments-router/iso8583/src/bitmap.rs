//! The bitmap of an ISO 8583 message: which of the 64 or 128 fields are present.

/// The numbers of the fields that are present, in order. Bit 1 says that a second bitmap follows and is no field.
pub fn fields(primary: u64, secondary: Option<u64>) -> Vec<u8> {
    let bits =
        |map: u64, first: u8| (0..64).filter(move |bit| map >> (63 - bit) & 1 == 1).map(move |bit| first + bit as u8);
    bits(primary, 1).chain(secondary.into_iter().flat_map(|map| bits(map, 65))).filter(|field| *field != 1).collect()
}
