//! Secrets for a forge's own use, encrypted so that it alone reads them: libsodium's sealed boxes, as GitHub takes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_box::aead::rand_core::{CryptoRng, Error as NoNumbers, RngCore};
use crypto_box::{KEY_SIZE, PublicKey};
use portico_sdk::{Error, Result, random};

/// The portal's numbers.
struct Numbers;

impl RngCore for Numbers {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, place: &mut [u8]) {
        place.copy_from_slice(&random::bytes(place.len()));
    }

    fn try_fill_bytes(&mut self, place: &mut [u8]) -> std::result::Result<(), NoNumbers> {
        self.fill_bytes(place);
        Ok(())
    }
}

impl CryptoRng for Numbers {}

/// A secret that only the holder of the key reads. Both are Base64.
pub(crate) fn sealed(secret: &str, key: &str) -> Result<String> {
    let unfit =
        || Error::Failed("the forge answered with a key that is none, so that no secret can be stored".to_owned());
    let key: [u8; KEY_SIZE] = STANDARD.decode(key).ok().and_then(|key| key.try_into().ok()).ok_or_else(unfit)?;
    let sealed = PublicKey::from_bytes(key).seal(&mut Numbers, secret.as_bytes()).map_err(|_| unfit())?;
    Ok(STANDARD.encode(sealed))
}

#[cfg(test)]
mod tests {
    use crypto_box::SecretKey;

    use super::*;

    #[test]
    fn who_has_the_key_reads_the_secret_and_no_two_look_alike() {
        let key = SecretKey::generate(&mut Numbers);
        let public = STANDARD.encode(key.public_key().as_bytes());
        let [one, two] = ["hunter2"; 2].map(|secret| sealed(secret, &public).expect("a box"));
        assert_ne!(one, two);
        let opened = key.unseal(&STANDARD.decode(one).expect("Base64")).expect("it is ours");
        assert_eq!(opened, b"hunter2");
        for key in ["", "AAAA", "no base64"] {
            assert!(sealed("x", key).is_err(), "{key}");
        }
    }
}
