# An image for CI: `docker run --rm --volume "$PWD:/work" oso-evalscript lint .`
FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY oso_evalscript ./oso_evalscript
COPY templates ./templates
RUN python -m venv /opt/oso-evalscript \
    && /opt/oso-evalscript/bin/pip install --no-cache-dir ".[embedded]"

FROM python:3.12-slim
COPY --from=build /opt/oso-evalscript /opt/oso-evalscript
ENV PATH="/opt/oso-evalscript/bin:$PATH" PYTHONUTF8=1
RUN useradd --create-home --uid 1000 linter
USER linter
WORKDIR /work
ENTRYPOINT ["oso-evalscript"]
CMD ["--help"]
