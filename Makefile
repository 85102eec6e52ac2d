# Everything a person or CI runs is a target here; `make` prints them.
CARGO ?= cargo
PREFIX ?= /usr/local
DESTDIR ?=
CMD ?=
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
OUT := target/release
LIB := $(DESTDIR)$(PREFIX)/lib

.DEFAULT_GOAL := help
.PHONY: help build run test test-rust test-c test-programs test-places deps lint fmt bench bench-full start hot doc install clean

help: ## prints the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

build: ## the libraries: target/release/libquarry.so and libquarry.a
	$(CARGO) rustc --release --lib --crate-type cdylib,staticlib
	@# A program may define operators of its own beside the archive's; a strong definition there would clash.
	objcopy -w -W '_Zn[wa]*' -W '_Zd[la]*' $(OUT)/libquarry.a
	ln -sf libquarry.so $(OUT)/libquarry.so.0
