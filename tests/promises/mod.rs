//! The promises, tested by their effects: the program on a scratch host root. There is one file for each promise that
//! needs no runtime (`tests/node/` has the others), one for the exit codes, one for the options.

mod p01_whole_files;
mod p02_second_run;
mod p03_valid_primary;
mod p04_spelling;
mod p06_binaries;
mod p07_links;
mod p07_only_ours;
mod p08_modes;
mod p08_untouched;
mod p10_own_directories;
mod p11_one_at_a_time;
mod p12_one_judgement;

mod bounds;
mod endpoints;
mod exits;
mod faults;
mod hostile;
mod hung;
mod inputs;
mod limits;
mod log;
mod owners;
mod pid_one;
mod secrets;
mod stays;
mod waits;
