"""The service in production: it imports nothing from synthetic or training, and never mlflow."""
