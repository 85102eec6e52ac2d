//! What callgrind counted, read from the file that it leaves.

use std::collections::BTreeMap;

/// Instructions by the file and the function that they stand in, callees not included.
#[derive(Debug, Default, PartialEq)]
pub struct Profile(BTreeMap<(String, String), u64>);

impl Profile {
    /// Reads a file written with `--compress-strings=no --compress-pos=no`, of one event.
    ///
    /// `ob=` and `fn=` say where the costs that follow belong. A line after `calls=` has the cost of the callee, which
    /// stands under the callee's own name once more.
    pub fn read(text: &str) -> Option<Profile> {
        let mut profile = Profile::default();
        let (mut object, mut function) = (String::new(), String::new());
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(name) = line.strip_prefix("ob=") {
                name.clone_into(&mut object);
            } else if let Some(name) = line.strip_prefix("fn=") {
                name.clone_into(&mut function);
            } else if line.starts_with("calls=") {
                lines.next()?;
            } else if line.starts_with(|first: char| first.is_ascii_digit()) {
                let cost: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
                *profile.0.entry((object.clone(), function.clone())).or_default() += cost;
            }
        }
        (!profile.0.is_empty()).then_some(profile)
    }

    /// Returns the instructions in all files and functions that `wanted` accepts.
    pub fn sum(&self, wanted: impl Fn(&str, &str) -> bool) -> u64 {
        let places = self.0.iter().filter(|((object, function), _)| wanted(object, function));
        places.map(|(_, cost)| cost).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
version: 1
creator: callgrind-3.19.0
positions: line
events: Ir
summary: 1170

ob=/lib/count
fl=???
fn=main
0 20
0 100
cob=/lib/libx.so
cfi=???
cfn=malloc
calls=10 0
0 1000
ob=/lib/libx.so
fl=???
fn=malloc
0 1000
fn=free
0 50

totals: 1170
";

    /// The sum of all is what callgrind itself sums: nothing is counted twice, nothing is lost.
    #[test]
    fn read_counts_each_cost_once_where_it_belongs() {
        let profile = Profile::read(TEXT).unwrap();
        assert_eq!(profile.sum(|_, _| true), 1170);
        assert_eq!(profile.sum(|object, _| object == "/lib/libx.so"), 1050);
        assert_eq!(profile.sum(|_, function| function == "main"), 120);
    }

    #[test]
    fn read_of_something_else_is_none() {
        assert_eq!(Profile::read(""), None);
        assert_eq!(Profile::read("0 x\n"), None);
    }
}
