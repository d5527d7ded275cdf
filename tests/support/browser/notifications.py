"""A replacement for notifications, which a headless browser can't show."""

NOTIFICATIONS = """
    window.notified = [];
    window.Notification = class {
        static permission = "default";
        static async requestPermission() { return (this.permission = "granted"); }
        constructor(title, {body, tag}) { notified.push({title, body, tag}); }
        close() {}
    };
"""
