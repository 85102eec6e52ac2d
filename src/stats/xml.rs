//! Statistics as XML: `malloc_info`.
//!
//! glibc promises a root element `malloc` whose `version` names the format, and no more; ours is `quarry-1`. Its
//! `heap` elements, one per arena there, become one: all threads share this heap. A fact that could not be learnt
//! has no element.

use super::{Figures, classes, free_runs};
use crate::report::write::Writer;

/// Writes the statistics as an XML element that ends with a newline.
pub fn write(figures: &dyn Figures, out: &mut Writer<'_>) {
    out.text("<malloc version=\"quarry-1\">\n<heap nr=\"0\">\n");
    for class in classes(figures) {
        out.text("<class");
        for (name, value) in class.facts() {
            attribute(name, value, out);
        }
        out.text("/>\n");
    }
    for runs in free_runs(figures) {
        out.text("<run");
        attribute("order", runs.order as u64, out);
        attribute("run_bytes", runs.run_bytes, out);
        attribute("count", runs.count, out);
        out.text("/>\n");
    }
    out.text("</heap>\n");
    for (name, value) in figures.totals().facts() {
        if let Some(value) = value {
            out.text("<total type=\"").text(name).text("\"");
            attribute("value", value, out);
            out.text("/>\n");
        }
    }
    out.text("</malloc>\n");
}

/// Writes an attribute. Neither side needs an escape: names are names of Rust fields, values are numbers.
fn attribute(name: &str, value: u64, out: &mut Writer<'_>) {
    out.text(" ").text(name).text("=\"").decimal(value).text("\"");
}

#[cfg(test)]
mod tests {
    use super::super::fake::{EMPTY, SMALL, VAST, written};
    use quick_xml::Reader;
    use quick_xml::events::Event;
    use std::string::String;
    use std::vec::Vec;

    #[test]
    fn small_heap_reads_exactly_so() {
        assert_eq!(
            written(super::write, &SMALL),
            "\
<malloc version=\"quarry-1\">
<heap nr=\"0\">
<class object_bytes=\"16\" slab_bytes=\"16384\" live=\"20\" in_magazines=\"8\" in_depot=\"0\" capacity=\"1024\" \
slabs_full=\"0\" slabs_partial=\"1\" slabs_empty=\"0\" counted=\"60\" active_bytes=\"16384\"/>
<class object_bytes=\"40960\" slab_bytes=\"49152\" live=\"0\" in_magazines=\"0\" in_depot=\"0\" capacity=\"0\" \
slabs_full=\"0\" slabs_partial=\"0\" slabs_empty=\"0\" counted=\"7\" active_bytes=\"0\"/>
<run order=\"0\" run_bytes=\"16384\" count=\"1\"/>
<run order=\"16\" run_bytes=\"1073741824\" count=\"63\"/>
</heap>
<total type=\"process_id\" value=\"4711\"/>
<total type=\"reserved_bytes\" value=\"68719476736\"/>
<total type=\"committed_bytes\" value=\"2097152\"/>
<total type=\"resident_bytes\" value=\"53248\"/>
<total type=\"metadata_bytes\" value=\"4096\"/>
<total type=\"active_bytes\" value=\"16384\"/>
<total type=\"retained_bytes\" value=\"2043904\"/>
<total type=\"used_bytes\" value=\"53248\"/>
<total type=\"live_bytes\" value=\"1536\"/>
<total type=\"live_objects\" value=\"30\"/>
<total type=\"magazine_bytes\" value=\"128\"/>
<total type=\"depot_bytes\" value=\"0\"/>
<total type=\"dirty_bytes\" value=\"32768\"/>
<total type=\"purged_bytes\" value=\"0\"/>
<total type=\"areas\" value=\"1\"/>
<total type=\"area_bytes\" value=\"1610612736\"/>
<total type=\"arenas\" value=\"1\"/>
<total type=\"threads_alive\" value=\"1\"/>
<total type=\"threads_born\" value=\"2\"/>
<total type=\"refills\" value=\"4\"/>
<total type=\"flushes\" value=\"5\"/>
<total type=\"exchanges\" value=\"3\"/>
<total type=\"purges\" value=\"0\"/>
</malloc>
"
        );
    }

    #[test]
    fn every_heap_gives_one_well_formed_element() {
        for heap in [&EMPTY, &SMALL, &VAST] {
            let text = written(super::write, heap);
            assert!(text.ends_with("</malloc>\n"));
            let mut reader = Reader::from_str(&text);
            let mut open: Vec<String> = Vec::new();
            let mut roots = 0;
            loop {
                let element = match reader.read_event().unwrap() {
                    Event::Eof => break,
                    // The reader itself refuses an end that does not match its start.
                    Event::End(_) => {
                        open.pop().unwrap();
                        continue;
                    }
                    Event::Start(element) => {
                        roots += usize::from(open.is_empty());
                        open.push(String::from_utf8(element.name().as_ref().to_vec()).unwrap());
                        element
                    }
                    Event::Empty(element) => element,
                    Event::Text(space) => {
                        assert!(space.iter().all(u8::is_ascii_whitespace));
                        continue;
                    }
                    other => panic!("unexpected {other:?}"),
                };
                for attribute in element.attributes() {
                    attribute.unwrap();
                }
            }
            assert!(open.is_empty() && roots == 1);
        }
    }
}
