//! Random numbers that a seed repeats.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// xorshift64*.
pub(crate) struct Dice {
    pub(crate) seed: u64,
    state: u64,
}

impl Dice {
    /// Seeded by `CNI_BOOTSTRAP_NODE_SEED`, else by the clock.
    pub(crate) fn thrown() -> Self {
        let given = std::env::var("CNI_BOOTSTRAP_NODE_SEED").ok().map(|seed| seed.parse().expect("a number"));
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self::of(given.unwrap_or_else(|| u64::from(since.subsec_nanos()) << 8 | 1))
    }

    fn of(seed: u64) -> Self {
        Self { seed, state: seed.max(1) }
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) % end
    }

    /// A random moment in a span.
    pub(crate) fn moment(&mut self, span: Duration) -> Duration {
        let span = u64::try_from(span.as_micros()).unwrap().max(1);
        Duration::from_micros(self.below(span))
    }

    pub(crate) fn one_of<T: Copy>(&mut self, things: &[T]) -> T {
        things[usize::try_from(self.below(things.len() as u64)).unwrap()]
    }
}

#[test]
fn a_seed_repeats_its_numbers() {
    let numbers = |seed| {
        let mut dice = Dice::of(seed);
        std::array::from_fn::<u64, 20, _>(|_| dice.below(1000))
    };
    assert_eq!(numbers(7), numbers(7));
    assert_ne!(numbers(7), numbers(8));
}
