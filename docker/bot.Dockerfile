# The Rasa side: dialogue (`python -m bot run`) and action server (`python -m actions`).
# Build from the repository's root: docker build -f docker/bot.Dockerfile .
FROM python:3.10-slim-bookworm

# A mirror may stand in: --build-arg PIP_INDEX_URL=…
ARG PIP_INDEX_URL=https://pypi.org/simple

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    RASA_TELEMETRY_ENABLED=false \
    TF_CPP_MIN_LOG_LEVEL=3 \
    OMP_NUM_THREADS=2

# A volume mounted on /dialogue takes over its owner, so that the tracker store can be written.
RUN useradd --create-home --uid 10001 app \
    && install --directory --owner=app --group=app /dialogue

WORKDIR /app
COPY requirements/bot.txt requirements/bot.txt
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements/bot.txt

COPY docker/health.py docker/health.py
COPY indexer/dictionary indexer/dictionary
COPY bot bot
# The model lies in the image; other sources make another image, nothing is trained at the start.
RUN python -m bot train
COPY actions actions

USER app
EXPOSE 5005 5055
CMD ["python", "-m", "bot", "run", "--host", "0.0.0.0", "--port", "5005"]
