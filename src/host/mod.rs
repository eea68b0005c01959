//! THE MACHINE: the only door to the environment, the clock, randomness, the disk and facts about the machine.
//!
//! Promises: every value that a rule depends on enters the program here, as a value that a test can make.
//! Absent: any opinion about telemetry.

#[cfg(feature = "foreign")]
pub mod before;
#[cfg(feature = "foreign")]
pub mod children;
pub mod clock;
pub mod cloud;
#[cfg(feature = "foreign")]
pub mod database;
pub mod detached;
pub mod env;
pub mod facts;
pub mod files;
pub mod folders;
pub mod hidden;
pub mod installed;
#[cfg(feature = "foreign")]
pub mod instead;
pub mod locks;
pub mod paths;
pub mod random;
pub mod sign;
pub mod stamps;
pub mod standing;
pub mod swap;
pub mod system;
pub mod time_zone;
pub mod work;
pub mod writes;
