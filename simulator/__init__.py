"""The world outside the gym: the providers' HTTP APIs, their signed webhooks, and the phones people hold.

It stands in for Meta's WhatsApp Cloud API, Instagram, Twilio (WhatsApp and SMS) and Telegram's Bot API, so that the code
which runs against it is the code which runs live. It knows the gym only by HTTP and imports none of its packages.
"""
