# OpsPulse 运维脉搏: what people type. This file wires; the work is done in the Python rooms.
# It needs make, git and Python 3.11 or newer, and writes nothing outside .venv and var.

.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python; do \
  command -v $$name >/dev/null 2>&1 && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  && { command -v $$name; break; }; done)
SHARDS := stats oracle faults soak scale laws files proxy score causes recurrence texts wall

# From the same locks and hashes; uv takes seconds where pip takes minutes. Like pip, it is told to
# compile: where nothing may write bytecode later, every start would compile thousands of modules.
install = if [ -x $(BIN)/uv ] && $(BIN)/uv pip install --quiet --compile-bytecode --system-certs --python $(BIN)/python $(1); then :; \
  else echo "改用 pip 安装，需要一两分钟。 Installing with pip; this takes a minute or two."; \
  $(BIN)/python -m pip install --quiet --disable-pip-version-check $(1); fi
compile = $(BIN)/uv pip compile --quiet --system-certs --generate-hashes --universal --python-version 3.11 \
  --no-strip-extras --no-emit-index-url --no-emit-find-links --no-header --no-annotate
# What tests need beside Python packages: command or font file pattern, Debian package.
apt_needs = chromium:chromium soffice:libreoffice-calc pdftoppm:poppler-utils

.PHONY: help run setup setup-test test check lint verify $(SHARDS:%=verify-%) bench lock clean

help: ## 显示这些命令 · show these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## 安装并运行，然后打开大屏（SERVE=0 则不打开） · install, run, serve the wall (SERVE=0: do not serve)
	@$(BIN)/opspulse start $(if $(filter 0,$(SERVE)),--no-serve)

setup: $(VENV)/.stamp-self ## 建立 .venv 并安装锁定的依赖 · create .venv from the locks

# Without `check`'s own run of the house's rules: they are among the tests.
test: setup-test lint ## 全部检查与测试 · every check and test
	@$(BIN)/pytest --numprocesses auto --dist worksteal --cov --cov-report=term:skip-covered

check: lint ## 静态检查：格式、类型、依赖方向、SQL · lint, types, import rules, SQL
	@$(BIN)/pytest tests/test_house.py

# mypy and sqlfluff take half a minute each and one core: side by side.
lint: $(VENV)/.stamp-dev $(VENV)/.stamp-self
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m assets.sql_lint
	@$(BIN)/mypy & types=$$!; $(BIN)/sqlfluff lint --disable-progress-bar assets data_checks; \
	sql=$$?; wait $$types && exit $$sql

verify: $(SHARDS:%=verify-%) ## 长时间验证，写入 docs/verification.md · the long proofs (hours)

$(SHARDS:%=verify-%): verify-%: $(VENV)/.stamp-dev $(VENV)/.stamp-self
	@$(BIN)/python -m benchmarks.verify $*

bench: $(VENV)/.stamp-dev $(VENV)/.stamp-self ## 性能对比，写入 benchmarks/results.md · measured ratios
	@$(BIN)/python -m benchmarks

lock: $(VENV)/.stamp-dev ## 重新生成锁定文件 · re-create both lock files
	@$(compile) -o requirements.lock requirements.in
	@$(compile) -o requirements-dev.lock requirements-dev.in

clean: ## 删除 .venv 与缓存（不动 var 里的数据） · remove .venv and caches, never the data in var
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	  .import_linter_cache .coverage .coverage.* htmlcov tests/artefacts
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

setup-test: $(VENV)/.stamp-dev $(VENV)/.stamp-self ## 测试所需：浏览器、字体、LibreOffice · browser, fonts, LibreOffice
	@missing=''; \
	for need in $(apt_needs); do \
	  command -v $${need%%:*} >/dev/null 2>&1 || missing="$$missing $${need##*:}"; done; \
	ls /usr/share/fonts/*/noto/*CJK* >/dev/null 2>&1 || missing="$$missing fonts-noto-cjk"; \
	[ -n "$$missing" ] || exit 0; \
	as=''; [ "$$(id -u)" = 0 ] || as='sudo -n'; \
	if command -v apt-get >/dev/null 2>&1 && $$as true 2>/dev/null; then \
	  $$as apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	  $$as apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "缺少$$missing：请安装后再测，否则相关测试会跳过。 Missing$$missing: those tests will skip."; fi

$(VENV)/.stamp-venv:
	@[ -n "$(PYTHON)" ] || { echo "没有找到 Python 3.11 或更高版本，请先安装。 No Python 3.11 or newer was found; install it first."; exit 2; }
	@"$(PYTHON)" -m venv $(VENV)
	@awk '/^[a-z]/{keep = /^uv==/} keep' requirements-dev.lock > $(VENV)/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  -r $(VENV)/uv.lock || echo "没有 uv，将使用 pip。 No uv here; pip serves."
	@touch $@

$(VENV)/.stamp-run: requirements.lock | $(VENV)/.stamp-venv
	@echo "正在安装依赖…… Installing dependencies…"
	@$(call install,--no-deps --require-hashes -r requirements.lock)
	@touch $@

$(VENV)/.stamp-dev: requirements-dev.lock | $(VENV)/.stamp-run
	@$(call install,--no-deps --require-hashes -r requirements-dev.lock)
	@touch $@

$(VENV)/.stamp-self: pyproject.toml requirements.in | $(VENV)/.stamp-run
	@$(call install,--no-deps --no-build-isolation --editable .)
	@touch $@
