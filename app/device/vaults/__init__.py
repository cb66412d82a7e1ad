"""The three places where a kiosk's secrets can lie. Which of them a folder uses is `app.device.vault`'s decision."""
