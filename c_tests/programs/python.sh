# python3 with its own tests of containers, the cyclic collector, threads, input and output, mappings, subprocesses.
# Why: they exhaust memory on purpose, fork with threads running, and free in other orders than they allocated.
# needs: /usr/bin/python3
export PYTHONMALLOC=malloc # or Python serves its small objects from an allocator of its own
export PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1

# The longest first, so that the other process is done with all the rest when it ends.
/usr/bin/python3 -m test -j2 --junit-xml results.xml \
    test_io test_dict test_list test_gc test_threading test_json test_mmap test_subprocess >log 2>&1

# The outcome of each test. How long they took, and what they said meanwhile, may differ.
/usr/bin/python3 - <<'END'
import re
from collections import Counter
from xml.etree import ElementTree

outcomes, bad = {}, []
for case in ElementTree.parse("results.xml").iter("testcase"):
    outcome = "passed"
    for kind in ("skipped", "failure", "error"):
        if case.find(kind) is not None:
            outcome = kind
    module = re.search("test_[a-z]*|$", case.get("name")).group() or "doctest"
    outcomes.setdefault(module, Counter())[outcome] += 1
    if outcome in ("failure", "error"):
        bad.append(outcome + " " + case.get("name"))
for module, counts in sorted(outcomes.items()):
    print(module, dict(sorted(counts.items())))
print(*sorted(bad), sep="\n")
END
grep -hE 'quarry:|Fatal Python error|crashed' log # a process that died left no outcomes
rm -f log results.xml
