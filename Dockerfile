# Glassbox in a container (docs/hosting.md): docker build -t glassbox . && docker run --rm -p 7860:7860 glassbox
FROM python:3.12-slim

# The user of Hugging Face's Docker Spaces has number 1000; nothing here runs as root.
RUN useradd --create-home --uid 1000 glassbox
WORKDIR /home/glassbox/app

# The packages first: they change seldom, and this layer is the large one.
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt

COPY app.py README.md LICENSE ./
COPY .streamlit .streamlit
COPY assets assets
COPY vision vision
RUN python -m compileall -q app.py vision

USER glassbox
ENV GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    PYTHONUNBUFFERED=1
EXPOSE 7860
HEALTHCHECK --interval=30s --start-period=120s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/glassbox/status', timeout=5)"]
CMD ["python", "app.py"]
