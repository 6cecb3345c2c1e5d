# The program, for docker-compose.yml: the same dependencies as requirements.lock, and a user without a name or rights.
FROM python:3.13-slim AS installed
WORKDIR /app
COPY requirements.lock pyproject.toml ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock \
    # What only the tests need stays behind.
    && /venv/bin/pip uninstall --yes $(python -c "import tomllib; print(*(one.split('==')[0] for one in tomllib.load(open('pyproject.toml', 'rb'))['dependency-groups']['dev']))")

FROM python:3.13-slim
COPY --from=installed /venv /venv
WORKDIR /app
COPY LICENSE NOTICE ./
COPY ledger ledger
COPY projections projections
COPY api api
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# A volume mounted here takes over the owner and the mode: the key file in it is for this user only.
RUN install --directory --owner 10001 --group 10001 --mode 0700 /var/lib/ledger
USER 10001:10001
ENTRYPOINT ["python", "-c", "from api.cli import main; main()"]
CMD ["--help"]
