"""Cameras, decoders and the vault. The only importer of cv2, pyzbar, zxingcpp and Qt's capture classes."""
