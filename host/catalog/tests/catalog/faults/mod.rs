//! Whatever the disk does, the catalog is the one before a commit or the one after it, and says what happened.
//!
//! Rule: every test goes through every operation of the disk that a sync makes, one after the other, and lets that one go wrong. What is then
//! on the disk is opened again and compared as a whole with the two states that are possible.

mod damage;
mod disk;
mod state;
mod writes;
