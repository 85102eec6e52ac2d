# Everything that a person or CI runs is a target here; `make` prints them.
CARGO ?= cargo
CC ?= cc
CXX ?= c++
PREFIX ?= /usr/local
DESTDIR ?=
CMD ?=
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
OUT := target/release
LIB := $(DESTDIR)$(PREFIX)/lib
BENCH := $(CARGO) run --quiet --locked --package quarry-bench --

.DEFAULT_GOAL := help
.PHONY: help build run test deps test-rust test-copies test-fuzz test-c test-faults test-portable test-programs test-places
.PHONY: test-install race fuzz soak lint fmt bench bench-full bench-peers bench-count bench-levels bench-memory bench-locks
.PHONY: test-modes test-security security bench-layers start hot examples doc install clean

help: ## prints the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

build: ## the libraries: target/release/libquarry.so and libquarry.a
	@# With the rlib among the crate types cargo leaves link-time optimisation out.
	$(CARGO) rustc --release --locked --lib --crate-type cdylib,staticlib
	@# A program may define operators of its own beside the archive's; strong definitions there would clash.
	objcopy -w -W '_Zn[wa]*' -W '_Zd[la]*' $(OUT)/libquarry.a
	ln -sf libquarry.so $(OUT)/libquarry.so.0

run: build ## a real program on glibc and on Quarry, side by side; CMD="…" for another than the C compiler
	$(BENCH) run -- $(CMD)

TESTS := test-rust test-copies test-fuzz race test-c test-faults test-portable test-programs test-places test-install \
	test-modes test-security

test: deps build $(TESTS) examples ## all tests
	@echo "all tests passed"

deps: ## what the tests need (installed with apt as root, named otherwise)
	c_tests/install.sh

test-rust: ## unit, model and architecture tests; the measurement frame's own
	$(CARGO) test --locked --workspace --exclude quarry-fuzz --features quarry-malloc/allocator-api2

test-copies: build ## a Rust program with a copy of its own, and another copy preloaded
	$(CARGO) test --locked --no-default-features --test two_copies

	$(CARGO) test --locked --workspace --exclude quarry-fuzz
	$(CARGO) test --locked --lib --features instrument -- instrument:: sync:: stats::

test-c: build ## the C tests: linked shared and static, and preloaded
	c_tests/run.sh

test-faults: ## each call to the kernel fails in turn: C tests on a library built for it
	$(CARGO) rustc --release --locked --lib --crate-type cdylib,staticlib --features faults --target-dir target/faults
	QUARRY_SO=$(CURDIR)/target/faults/release/libquarry.so QUARRY_A=$(CURDIR)/target/faults/release/libquarry.a \
		C_TESTS_BUILD=$(CURDIR)/target/faults/c_tests C_TESTS_FAULTS=yes c_tests/run.sh faults/

# Where the first run finds nothing, the second proves that something would be found: it hides from the sanitizer how the
# dead are marked, which looks like races.
RACE := -Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer --cfg quarry_race
RACE_TEST = RUSTFLAGS="$(RACE)" TSAN_OPTIONS="suppressions=$(CURDIR)/tests/race.suppressions" $(CARGO) +nightly test --quiet \
	--locked --no-default-features --target $$(rustc -vV | sed -n 's/^host: //p') --target-dir target/race --test race

race: ## threads under ThreadSanitizer, where there is a nightly toolchain: left out with a line otherwise
	@if $(CARGO) +nightly --version >/dev/null 2>&1; then \
		$(RACE_TEST) && RACE_BLIND=1 $(RACE_TEST) -- --nocapture 2>&1 | grep -q 'ThreadSanitizer: data race'; \
	else echo "race: left out, there is no nightly toolchain"; fi

fuzz: ## goes on fuzzing and keeps what is new of the corpus; TARGET=heap or options, SECONDS_TO_FUZZ=3600
	fuzz/run.sh $(or $(TARGET),heap) $(or $(SECONDS_TO_FUZZ),3600)

test-fuzz: ## the corpus of the fuzz targets, replayed (debug assertions in, optimised)
	$(CARGO) test --locked --profile fuzz --package quarry-fuzz

MINUTES ?= 60
soak: build ## the long loads for MINUTES: storms of forks, threads, signals, faults, options at random; counts what it tried
	c_tests/soak.sh $(MINUTES)

test-portable: ## the C tests of the contract with the thread word of other architectures
	RUSTFLAGS="--cfg quarry_portable_tls" $(CARGO) rustc --release --locked --lib --crate-type cdylib --target-dir target/portable
	QUARRY_SO=$(CURDIR)/target/portable/release/libquarry.so c_tests/run.sh --variant preload conform/
	QUARRY_SO=$(CURDIR)/target/portable/release/libquarry.so c_tests/run.sh --variant preload threads/

test-programs: build ## real programs, preloaded, against the plain run
	c_tests/programs/run.sh

test-places: build ## awkward places: limits, closed descriptors, filters, no /proc
	c_tests/places/run.sh

test-install: build ## make install into a folder, checked from outside
	rm -rf target/staged
	$(MAKE) --no-print-directory install PREFIX=/usr/local DESTDIR=$(CURDIR)/target/staged
	c_tests/install_check.sh $(CURDIR)/target/staged

test-modes: build ## the tests of the contract again, hardened, checked and sampled
	for conf in hardened:true checked:true sample:64K; do for folder in conform/ threads/; do \
		C_TESTS_CONF=$$conf c_tests/run.sh --variant preload $$folder || exit; done; done

test-security: build ## whether SECURITY.md shows what is caught
	c_tests/security/security.sh check

security: build ## writes the tables of SECURITY.md, other allocators' too
	c_tests/security/security.sh write

lint: ## rustfmt, clippy, C warnings as errors, documentation without warnings
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets --features quarry-malloc/allocator-api2 -- -D warnings
	$(CARGO) clippy --locked --no-default-features --tests -- -D warnings
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) clippy --locked --all-targets --features instrument -- -D warnings
	$(CARGO) clippy --locked --lib --features faults -- -D warnings
	$(CC) -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -pthread benches/*.c benches/*/*.c
	$(if $(wildcard benches/loads/*.cpp),$(CXX) -std=gnu++17 -Wall -Wextra -Werror -fsyntax-only -pthread benches/loads/*.cpp)
	$(CC) -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -x c include/quarry.h
	$(CXX) -std=c++17 -Wall -Wextra -Werror -fsyntax-only -x c++ include/quarry.h
	$(CXX) -std=c++17 -Wall -Wextra -Werror -fsyntax-only -x c++ include/quarry.hpp
	$(CC) -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -pthread -Iinclude examples/c/*.c
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --document-private-items --features allocator-api2 --package quarry-malloc

fmt: ## formats the Rust sources
	$(CARGO) fmt --all

bench: build ## the short benchmark: loads on every allocator that is here; under ten minutes
	$(BENCH) levels --csv target/bench/levels.csv --json target/bench/levels.json
	$(BENCH) bench --short --allocators all --csv target/bench/short.csv \
		--json target/bench/short.json --svg target/bench/short.svg

bench-full: build ## the whole benchmark, hours: writes benches/RESULTS.md
	$(BENCH) hot --check --allocators all
	$(BENCH) start --allocators all
	$(BENCH) count --check --allocators all
	$(BENCH) levels --csv target/bench/levels.csv --json target/bench/levels.json
	$(BENCH) bench --full --allocators all --csv target/bench/full.csv --json target/bench/full.json --write-results

bench-peers: ## peers and real programs: packages (apt as root, named otherwise), the newest peers built from crates
	for list in benches/peers benches; do c_tests/install.sh $$list/packages.txt || echo "going on with what is here"; done
	$(BENCH) peers

bench-count: build ## instructions per malloc and free on every allocator that is here, counted by callgrind
	$(BENCH) count --check --allocators all

bench-memory: build ## resident memory over time, and what stays when a load has freed; under eight minutes
	$(BENCH) memory --short --allocators all --csv target/bench/memory.csv \
		--json target/bench/memory.json --svg target/bench/memory

bench-levels: build ## object caches, pages and regions against what a program would use in their place
	$(BENCH) levels
bench-locks: ## lock takes and shared read-modify-writes per malloc and free on every threaded load, in an instrumented build
	$(CARGO) rustc --release --locked --lib --crate-type cdylib --features instrument --target-dir target/instrument
	$(BENCH) --library $(CURDIR)/target/instrument/release/libquarry.so locks \
		--csv target/bench/locks.csv --json target/bench/locks.json

bench-layers: ## the layers one by one, in about a minute; LAYER=depot for some of them
	$(CARGO) bench --locked --package quarry-layers -- $(LAYER)

start: build ## what preloading costs a program that does nothing
	$(BENCH) start

hot: build ## instructions of a malloc hit and a free hit, and of the other levels
	$(BENCH) hot --check

examples: build ## builds and runs the examples
	@mkdir -p target/examples
	@for source in examples/c/*.c; do \
		program=target/examples/$$(basename $$source .c); echo "== $$source"; \
		$(CC) -std=gnu11 -O2 -Wall -Wextra -Iinclude $$source -o $$program -L$(OUT) -lquarry \
			-Wl,-rpath,$(CURDIR)/$(OUT) -lpthread && $$program || exit; \
	done
	@for source in examples/*.rs; do \
		echo "== $$source"; $(CARGO) run --quiet --locked --release --example $$(basename $$source .rs) || exit; \
	done

doc: ## the theory statement and every layer, as pages
	$(CARGO) doc --locked --no-deps --document-private-items --features allocator-api2 --package quarry-malloc

install: build ## library, archive, header and pkg-config file into DESTDIR/PREFIX
	install -d $(LIB)/pkgconfig $(DESTDIR)$(PREFIX)/include
	install -m 755 $(OUT)/libquarry.so $(LIB)/libquarry.so.0
	ln -sf libquarry.so.0 $(LIB)/libquarry.so
	install -m 644 $(OUT)/libquarry.a $(LIB)/libquarry.a
	install -m 644 include/quarry.h include/quarry.hpp $(DESTDIR)$(PREFIX)/include
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' include/quarry.pc.in > $(LIB)/pkgconfig/quarry.pc

clean: ## removes what was built
	$(CARGO) clean
