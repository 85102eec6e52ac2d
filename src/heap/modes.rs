//! The modes of checking, entered at load.

use super::locate::ignore_foreign;
use crate::guard::{fault, pool, records};
use crate::options::{Foreign, Options};
use crate::slab::marks::{self, Mode};
use crate::thread::{own, sample};

/// Enters the modes that the options ask for.
pub fn enter(options: &Options<'_>) {
    if options.hardened || options.checked {
        let fill = if options.checked && options.junk { 0x5a } else { 0 };
        marks::enter(if options.checked { Mode::Checked } else { Mode::Hardened }, fill);
        if let Some(block) = own() {
            block.begin_marked(options.checked);
        }
    }
    records::set_quarantine(options.quarantine);
    // Checked mode guards what is large and knows each object; there is nothing to sample.
    if options.sample != 0 && !options.checked && pool::initialise() {
        sample::set_distance(options.sample);
    }
    if options.checked || sample::is_on() {
        fault::install();
    }
    if options.foreign == Foreign::Ignore {
        ignore_foreign();
    }
}
