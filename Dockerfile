# The server as a container: docker build --tag awase:0.1 .
# docs/administrator.md says how it is run, behind which proxy, and with which volume.

ARG PYTHON_IMAGE=python:3.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/awase
WORKDIR /build
# Packages change less often than the code: a layer of their own, each file by its hash.
COPY requirements.lock ./
RUN /opt/awase/bin/python -m pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md ./
COPY features features
COPY training training
COPY serving serving
# The builder is in the lock as well, so nothing is fetched that is not pinned.
RUN /opt/awase/bin/python -m pip install --no-deps --no-build-isolation .

FROM ${PYTHON_IMAGE}
# LightGBM needs libgomp; slim images come without it.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
# A fixed number, so that the owner of a mounted folder can be set before the first start.
RUN useradd --system --uid 10001 --create-home --home-dir /var/cache/awase awase \
    && install --directory --owner=awase --group=awase --mode=750 /srv/awase
COPY --from=build /opt/awase /opt/awase
# Compiled functions are cached in a folder that the account may write, unlike its packages.
ENV PATH=/opt/awase/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/var/cache/awase/numba \
    MPLCONFIGDIR=/var/cache/awase/matplotlib \
    AWASE_WORKSPACE=/srv/awase
USER awase
WORKDIR /srv/awase
# What the first requests would otherwise wait for; on another processor it is compiled once more.
RUN python -m serving.cli.warm_up
VOLUME /srv/awase
EXPOSE 8000
# Whether the process answers, not whether the database does: a restart would not mend that.
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["awase"]
# All addresses of the container; what of it is published is said when it is run.
CMD ["serve", "--host", "0.0.0.0"]
