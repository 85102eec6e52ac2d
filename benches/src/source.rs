//! A large C source for the compiler to work on: the same text for the same number of functions, on every machine.

use std::fmt::Write;

/// Returns a C file of `functions` functions that differ in constants, types and shape, so that nothing is folded
/// together.
pub fn c_source(functions: usize) -> String {
    let mut text =
        String::from("#include <stddef.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n\n");
    for index in 0..functions {
        function(&mut text, index).expect("writing to a String cannot fail");
    }
    text
}

/// Appends one type and one function over it; calls the one before, so the compiler sees a chain of callers.
fn function(text: &mut String, index: usize) -> std::fmt::Result {
    let fields = 3 + index % 5;
    writeln!(text, "struct record_{index} {{")?;
    for field in 0..fields {
        let kind = ["int", "long", "unsigned char", "double", "const char *"][(index + field) % 5];
        writeln!(text, "    {kind} field_{field};")?;
    }
    writeln!(text, "    struct record_{index} *next;\n}};\n")?;
    writeln!(
        text,
        "long function_{index}(struct record_{index} *list, long start)\n{{\n    long sum = start;\n    \
         char text[{}];",
        32 + index % 7 * 16
    )?;
    writeln!(
        text,
        "    for (struct record_{index} *at = list; at != NULL; at = at->next) {{\n        switch (sum & 7) {{"
    )?;
    for case in 0..4 + index % 3 {
        let field = (index + case) % fields;
        writeln!(
            text,
            "        case {case}: sum += (long)(size_t)&at->field_{field} * {} + {}; break;",
            index * 31 + case,
            case * 17 + 3
        )?;
    }
    writeln!(
        text,
        "        default: snprintf(text, sizeof text, \"{index}: %ld\", sum); sum ^= (long)strlen(text);\n        \
         }}\n    }}"
    )?;
    if index > 0 {
        let before = index - 1;
        writeln!(
            text,
            "    struct record_{before} other;\n    memset(&other, 0, sizeof other);\n    \
             if (sum % {} == 0)\n        sum -= function_{before}(&other, sum / 2);",
            index % 13 + 2
        )?;
    }
    writeln!(text, "    return sum;\n}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs are compared by object file: the source must not change between them.
    #[test]
    fn c_source_is_the_same_each_time_and_grows() {
        assert_eq!(c_source(20), c_source(20));
        assert!(c_source(40).len() > c_source(20).len());
        assert_eq!(c_source(20).matches("\nlong function_").count(), 20);
    }
}
