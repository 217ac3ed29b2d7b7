//! Servers that companies have, played on loopback: as much of each as a plugin asks for, with a state of its own and with bad days.
//!
//! Rule: a fake answers what the real server is documented to answer. Where somebody has a real counterpart at hand (see [`crate::Real`]), the
//! same cases run against that.

pub mod pagerduty;
